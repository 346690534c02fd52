namespace TransferLearning;

/// <summary>For which data set the sequences of <see cref="AutoAugment"/> were found.</summary>
public enum AutoAugmentPolicy
{
    /// <summary>Photographs: ImageNet.</summary>
    ImageNet,

    /// <summary>Small photographs: CIFAR-10.</summary>
    Cifar10,

    /// <summary>House numbers: SVHN.</summary>
    Svhn,
}
