// LibTorch uses every core by itself, and its global generator is one for the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

// Not a module initializer: the runner also starts this program only to ask what it is.
[assembly: AssemblyFixture(typeof(TransferLearning.Tests.LibTorchAtStart))]
