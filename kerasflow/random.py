"""Random numbers: draws that follow the seeds of graph and operation."""

from kerasflow.core import ops
from kerasflow.core.ops import (
    get_seed,
    log_uniform_candidate_sampler,
    multinomial,
    stateless_categorical,
    stateless_multinomial,
    stateless_normal,
    stateless_truncated_normal,
    stateless_uniform,
    truncated_normal,
    uniform_candidate_sampler,
)
from kerasflow.core.scopes import set_random_seed

# fmt: off
__all__ = [
    "categorical", "gamma", "get_seed", "log_uniform_candidate_sampler", "multinomial", "normal", "poisson",
    "set_random_seed", "shuffle", "stateless_categorical", "stateless_multinomial", "stateless_normal",
    "stateless_truncated_normal", "stateless_uniform", "truncated_normal", "uniform",
    "uniform_candidate_sampler",
]
# fmt: on

categorical = ops.multinomial
gamma = ops.random_gamma
normal = ops.random_normal
poisson = ops.random_poisson
shuffle = ops.random_shuffle
uniform = ops.random_uniform
