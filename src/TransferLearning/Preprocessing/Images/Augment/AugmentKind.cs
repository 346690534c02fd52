namespace TransferLearning;

/// <summary>The operations that RandAugment and TrivialAugment choose from, in torchvision's order.</summary>
internal enum AugmentKind
{
    Identity,
    ShearX,
    ShearY,
    TranslateX,
    TranslateY,
    Rotate,
    Brightness,
    Color,
    Contrast,
    Sharpness,
    Posterize,
    Solarize,
    AutoContrast,
    Equalize,
}
