"""Many films at once: in processes of this machine, or on a Dask cluster.

``run_batch`` in ``run.py`` puts it together. ``films.py`` says which films and where their results
go, ``choices.py`` how each is to be analyzed, ``work.py`` does one film, and ``processes.py`` and
``cluster.py`` hand the films out. A film's ``receipt.py`` tells that it is finished; ``table.py``
and ``overview.py`` sum up.
"""
