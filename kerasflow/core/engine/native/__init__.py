"""The native engine: plans compiled to machine code through LLVM.

The way of a plan: its steps become statements over tensors (`lowering`), these are gathered into groups that run in one
loop nest each (`groups`), the groups become LLVM functions (`loops`, `products`), and the whole one function over a
table of pointers (`segment`). Steps that have no lowering stay with the interpreter.
"""
