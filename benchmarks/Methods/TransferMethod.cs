namespace TransferLearning.Benchmarks;

/// <summary>A row of the list of methods.</summary>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Source">The paper it is from.</param>
/// <param name="Train">Makes a trained model of a trial.</param>
internal sealed record TransferMethod(string Name, string Source, Func<MethodTrial, TransferModel> Train)
{
    /// <summary>On which tasks it makes sense. Default: on all whose kinds are about as frequent.</summary>
    public Func<MethodTask, bool> Fits { get; init; } = task => !task.IsUnbalanced;

    /// <summary>The same method, for images alone.</summary>
    public TransferMethod ForImages => this with { Fits = task => task is { HasImages: true, IsUnbalanced: false } };

    /// <summary>The same method, for texts alone.</summary>
    public TransferMethod ForTexts => this with { Fits = task => !task.HasImages };

    /// <summary>The same method, where some kinds are rare.</summary>
    public TransferMethod ForRareKinds => this with { Fits = task => task.IsUnbalanced };

    /// <summary>The same method, where it is tried on images of another domain.</summary>
    public TransferMethod ForDomains => this with { Fits = task => task.Name == "emoji" };

    /// <summary>The same method, which trains several times or needs many epochs, where an epoch costs a few seconds.</summary>
    public TransferMethod WhereCheap => this with { Fits = task => task.Name is "emoji" or "cifar10-10" or "cifar10-100" };

    /// <summary>The same method, where there are images without labels besides and an epoch costs a few seconds.</summary>
    public TransferMethod ForUnlabelled => this with { Fits = task => task.Name is "cifar10-10" or "cifar10-100" };
}
