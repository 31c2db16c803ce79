import Pipeline

// Reads the records that start in one range of bytes.
StepFunction.parseChunk.serve()
