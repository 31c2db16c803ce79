import Pipeline

// Looks at the beginning of a file and cuts it into chunks.
StepFunction.validate.serve()
