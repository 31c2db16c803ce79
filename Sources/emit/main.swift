// emit
