import Pipeline

// Matches dropped files with the executions that wait for them.
StepFunction.arrive.serve()
