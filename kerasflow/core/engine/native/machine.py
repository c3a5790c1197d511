"""From LLVM code to machine code for this processor, and how long it is kept.

Compiled code is found again by the text of its module, so that what has the same structure is compiled once. It is
freed when nobody uses it any more, save for the pieces used last: whoever builds the same model again and again, as a
search over learning rates does, compiles it once. What LLVM knows of a module is freed as soon as it is compiled.
"""

from __future__ import annotations

import hashlib
import threading
import time
import weakref
from collections import deque
from collections.abc import Sequence
from typing import Any

from llvmlite import binding, ir

__all__ = ["Code", "compiled", "new_module"]

_KEPT = 64  # pieces of code used last, some tens of kilobytes each

_LOCK = threading.Lock()
_CACHE: weakref.WeakValueDictionary[bytes, Code] = weakref.WeakValueDictionary()
_RECENT: deque[Code] = deque(maxlen=_KEPT)
_TARGETS: list[Any] = []


class Code:
    """Machine code: the addresses of its functions, and what the compilation took in seconds."""

    def __init__(self, text: str, functions: Sequence[str]) -> None:
        started = time.perf_counter()
        machine = _target_machine()
        # A context of its own: that of the process would grow with every module. The module holds it, so it is freed
        # last, even when Ctrl-C comes in between.
        module = binding.parse_assembly(text, binding.create_context())
        module.verify()
        options = binding.PipelineTuningOptions(speed_level=2)  # 3 takes half as long again, for the same code
        options.loop_vectorization = options.slp_vectorization = True
        builder = binding.create_pass_builder(machine, options)
        builder.getModulePassManager().run(module, builder)
        self._engine = binding.create_mcjit_compiler(module, machine)
        try:
            self._engine.finalize_object()
            self._addresses: dict[str, int] = {f: self._engine.get_function_address(f) for f in functions}
            self._engine.remove_module(module)
        except BaseException:
            self._engine.close()  # while the module it owns has its context
            raise
        module.close()
        self.seconds = time.perf_counter() - started

    def address(self, function: str) -> int:
        """Where the function of that name begins."""
        return self._addresses[function]


def compiled(module: ir.Module) -> Code:
    """The machine code of `module`, compiled now or before."""
    text = str(module)
    key = hashlib.sha256(text.encode()).digest()
    with _LOCK:
        code = _CACHE.get(key)
        if code is None:
            functions = [f.name for f in module.functions if f.blocks and f.linkage != "internal"]
            code = _CACHE[key] = Code(text, functions)
        _RECENT.append(code)
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
    if binding.get_host_cpu_features().get("avx512f"):
        features += ",-prefer-256-bit"  # long vectors wherever they fit, not only where they are asked for
    return _TARGETS[0].create_target_machine(cpu=binding.get_host_cpu_name(), features=features, opt=3, jit=True)
