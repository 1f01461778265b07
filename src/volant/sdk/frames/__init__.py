"""What libraries of tables can do: write a frame to a file and read one, whole or in batches.

Nothing here imports pandas, polars or pyarrow before a frame of theirs is touched.
"""
