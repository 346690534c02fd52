// LibTorch uses every core by itself, and its global generator is one for the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
