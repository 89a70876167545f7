"""The app in the browser: a server on this machine and its pages.

A shell around the functions below it: ``uploads.py`` takes films, ``film_queue.py`` has them
measured in other processes, ``library.py`` keeps the sessions, ``keys.py`` lets people in, the
modules named ``..._handlers.py`` answer, and ``routes.py`` lists every route and who may use it.
What is shown of a session is the report.
"""
