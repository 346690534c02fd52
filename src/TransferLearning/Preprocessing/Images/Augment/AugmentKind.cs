namespace TransferLearning;

/// <summary>The operations that augmentations choose from; up to <see cref="Equalize"/> those of RandAugment and TrivialAugment, in
/// torchvision's order.</summary>
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
    Invert,
}
