"""The command line, the embedded database, and the pipeline that runs it all in order."""
