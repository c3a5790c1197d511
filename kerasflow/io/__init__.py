"""The only rooms that touch files.

`files` writes them whole or not at all, `hdf5` keeps named arrays, `table` reads and writes CSV. Nothing is imported
here: `hdf5` needs h5py and `table` needs pandas, both slow to load, so a caller imports these rooms where it needs
them.
"""
