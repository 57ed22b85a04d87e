"""Where numbers come from: data sets, their split into parts, and minibatches."""
