// aggregate
