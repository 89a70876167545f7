"""The app in the browser: a server on this computer, and its pages.

- ``application.py``, ``routes.py``: every path, its handler, and who may use it
- ``..._handlers.py``, ``live_sets/live_answers.py``: the request handlers
- ``keys.py``, ``access.py``, ``certificate.py``: who is let in, and how
- ``uploads.py``, ``film_queue.py``, ``measuring.py``: films that are sent and measured
- ``live_sets/``: live sessions
- ``library.py``, ``overviews.py``: the saved sessions

A session is shown by its report, which the ``report`` package makes.
"""
