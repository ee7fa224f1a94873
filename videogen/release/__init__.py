"""The release of a video: the release gate, the signature, and the folder of published videos.

Nothing here knows of Dagster or of models: `decide` (gate.py), `sign_file` (signing.py), `verify_file`
(verification.py), `Credentials` (credentials.py) and `land` (folder.py) serve whatever makes videos; `Publisher`
(publisher.py) does it for a request.
"""
