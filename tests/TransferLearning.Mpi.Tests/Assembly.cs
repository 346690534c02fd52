// The processes of a launch need all cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
