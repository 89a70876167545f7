"""Live sessions in the browser.

A page in the browser sends pictures of its camera to the server. The server passes them to a
separate process, which measures them with the same loop as everywhere, and passes the results back
to the page and to every other page that shows the session (a *screen*).

- ``wire.py``, ``messages.py``: the messages, and how they are packed
- ``live_process.py``, ``page_camera.py``, ``page_display.py``: the process
- ``guided_process.py``, ``pages_stage.py``: the process of a guided session
- ``desk.py``: starts the processes and passes messages on, in the server
- ``followers.py``: the pages that show a session, and the messages waiting for each
- ``live_answers.py``: answers to the requests of pages
- ``left_over.py``: finishes sessions that were killed
"""
