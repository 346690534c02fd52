namespace TransferLearning;

/// <summary>
/// Every family of image networks in this library, named one by one, so that trimming a program away from reflection loses none.
/// </summary>
internal static class VisionFamilies
{
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        new AlexNet(), new CifarResNet(), new ConvNeXt(), new DenseNet(), new EfficientNet(), new GoogLeNet(), new InceptionV3(),
        new MaxViT(),
        new MnasNet(), new MobileNetV1(), new MobileNetV2(), new MobileNetV3(), new RegNet(), new ResNet(), new ShuffleNetV2(),
        new SqueezeNet(),
        new SwinTransformer(), new Vgg(), new VisionTransformer(),
    ];
}
