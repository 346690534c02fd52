namespace TransferLearning.Benchmarks;

/// <summary>A row of the list of methods.</summary>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Source">The paper it is from.</param>
/// <param name="Train">Makes a trained model of a trial.</param>
internal sealed record TransferMethod(string Name, string Source, Func<MethodTrial, TransferModel> Train)
{
    /// <summary>On which tasks it makes sense. Default: on all whose runs are short and whose kinds
    /// are about as frequent.</summary>
    public Func<MethodTask, bool> Fits { get; init; } = task => task is { IsLong: false, IsUnbalanced: false };

    /// <summary>The same method, tried where runs are long too.</summary>
    public TransferMethod Everywhere => this with { Fits = task => !task.IsUnbalanced };

    /// <summary>The same method, for images alone.</summary>
    public TransferMethod ForImages => this with { Fits = task => task is { HasImages: true, IsLong: false, IsUnbalanced: false } };

    /// <summary>The same method, for texts alone.</summary>
    public TransferMethod ForTexts => this with { Fits = task => !task.HasImages };

    /// <summary>The same method, where some kinds are rare.</summary>
    public TransferMethod ForRareKinds => this with { Fits = task => task.IsUnbalanced };

    /// <summary>The same method, where it is tried on images of another domain.</summary>
    public TransferMethod ForDomains => this with { Fits = task => task.Name == "emoji" };

    /// <summary>The same method, where an epoch costs a second or two.</summary>
    public TransferMethod WhereCheap => this with { Fits = task => task.Name is "emoji" or "cifar10-10" };
}
