"""Code in the model files of others: found before TensorFlow loads them, and refused unless it is trusted.

A saved network may be a program: a `Lambda` layer holds Python bytecode, and a graph may hold operators that read and
write files, open connections or run Python. `gate.refuse_foreign_code` lets through what it knows to be arithmetic and
names everything else. Files only, no TensorFlow.
"""
