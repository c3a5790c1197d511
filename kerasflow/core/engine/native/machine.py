"""From LLVM code to machine code for this processor, and how long it is kept.

Compiled code is found again by the text of its module, so that what has the same structure is compiled once; it is
freed when nobody uses it any more.
"""

from __future__ import annotations

import threading
import time
import weakref
from typing import Any

from llvmlite import binding, ir

__all__ = ["Code", "compiled", "new_module"]

_LOCK = threading.Lock()
_CACHE: weakref.WeakValueDictionary[str, Code] = weakref.WeakValueDictionary()
_TARGETS: list[Any] = []


class Code:
    """Machine code: the addresses of its functions, and what the compilation took in seconds."""

    def __init__(self, text: str) -> None:
        started = time.perf_counter()
        machine = _target_machine()
        module = binding.parse_assembly(text)
        module.verify()
        options = binding.PipelineTuningOptions(speed_level=3)
        options.loop_vectorization = options.slp_vectorization = True
        builder = binding.create_pass_builder(machine, options)
        builder.getModulePassManager().run(module, builder)
        self._engine = binding.create_mcjit_compiler(module, machine)
        self._engine.finalize_object()
        self.seconds = time.perf_counter() - started

    def address(self, function: str) -> int:
        """Where the function of that name begins."""
        address: int = self._engine.get_function_address(function)
        return address


def compiled(module: ir.Module) -> Code:
    """The machine code of `module`, compiled now or before."""
    text = str(module)
    with _LOCK:
        code = _CACHE.get(text)
        if code is None:
            code = _CACHE[text] = Code(text)
        return code


def new_module() -> ir.Module:
    """An empty module for this machine."""
    module = ir.Module("kerasflow", ir.Context())
    module.triple = binding.get_process_triple()
    return module


def _target_machine() -> Any:
    """A new description of this machine: each engine owns its own."""
    if not _TARGETS:
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        _TARGETS.append(binding.Target.from_triple(binding.get_process_triple()))
    features = binding.get_host_cpu_features().flatten()
    return _TARGETS[0].create_target_machine(cpu=binding.get_host_cpu_name(), features=features, opt=3, jit=True)
