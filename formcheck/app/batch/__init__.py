"""Analyze many films: in parallel processes of this computer, or on a Dask cluster.

- ``batch_run.py``: the whole batch, from the list of films to the tables
- ``films.py``: finds the films, and names the results folder of each
- ``choices.py``: the options of each film
- ``work.py``: analyzes one film, in a worker
- ``processes.py``, ``cluster.py``: give the films to workers
- ``receipt.py``: the file that marks a film as finished, so that it is not analyzed again
- ``table.py``, ``overview.py``: the summary as a table and as a page
"""
