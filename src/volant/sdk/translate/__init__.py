"""Tasks and workflows to Flyte's templates. Nothing runs, nothing is written."""
