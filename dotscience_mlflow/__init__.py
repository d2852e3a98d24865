"""MLflow's logging lands in Dotscience: a tracking store for MLflow's own plugin interface.

    export MLFLOW_TRACKING_URI=dotscience://

Programs stay as they are: autolog, callbacks, nested runs, artifacts and logged models work; each MLflow run is a
run of the workspace, with its points, and its artifacts lie in ``mlartifacts/`` there. Nothing here is imported
unless MLflow asks for the scheme. Only MLflow and `dotscience` are used.
"""
