"""`Extras`: losses and metrics that were added to a model from outside, as symbolic tensors."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops
from kerasflow.layers.symbolic import KerasTensor
from kerasflow.models.network import Network

__all__ = ["Extras"]


class Extras:
    """Symbolic tensors beside the outputs of a model: losses to add to its own, and metrics to report."""

    def __init__(self) -> None:
        self.losses: list[KerasTensor] = []
        self.metrics: list[tuple[KerasTensor, Any]] = []

    def __bool__(self) -> bool:
        return bool(self.losses or self.metrics)

    def take_losses(self, losses: list[Any]) -> list[Any]:
        """Keep the symbolic tensors among `losses`; gives the others."""
        self.losses += [one for one in losses if isinstance(one, KerasTensor)]
        return [one for one in losses if not isinstance(one, KerasTensor)]

    def replay(self, network: Network, inputs: Any, record: Any) -> Any:
        """The outputs of `network` as tensors; what is beside them goes to `record`."""
        wanted = [network.result, self.losses, [value for value, _ in self.metrics]]
        outputs, losses, values = Network(network.inputs, wanted).replay(inputs)
        record.losses += [one if one.dims == () else ops.reduce_mean(one) for one in losses]
        for (_, metric), value in zip(self.metrics, values, strict=True):
            record.metric_updates.append((metric, metric.update_state(value)))
        return outputs
