namespace TransferLearning;

// CA1707: an underscore stands where two numbers would otherwise run together, as in torchvision's names (ResNeXt50_32x4d).
#pragma warning disable CA1707
public static partial class Pretrained
{
    /// <summary>wide_resnet50_2. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel WideResNet50_2(string? path = null, PretrainedOptions? options = null)
        => Load("wide_resnet50_2", path, options);

    /// <summary>wide_resnet101_2. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel WideResNet101_2(string? path = null, PretrainedOptions? options = null)
        => Load("wide_resnet101_2", path, options);

    /// <summary>resnext50_32x4d. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ResNeXt50_32x4d(string? path = null, PretrainedOptions? options = null)
        => Load("resnext50_32x4d", path, options);

    /// <summary>resnext101_32x8d. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ResNeXt101_32x8d(string? path = null, PretrainedOptions? options = null)
        => Load("resnext101_32x8d", path, options);

    /// <summary>resnext101_64x4d. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ResNeXt101_64x4d(string? path = null, PretrainedOptions? options = null)
        => Load("resnext101_64x4d", path, options);

    /// <summary>resnet18. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ResNet18(string? path = null, PretrainedOptions? options = null) => Load("resnet18", path, options);

    /// <summary>
    /// resnet18_cntk, the network of ML.NET's image featurizer. See <see cref="Load(string, string?, PretrainedOptions?,
    /// CancellationToken)"/>.
    /// </summary>
    public static ImageModel ResNet18Cntk(string? path = null, PretrainedOptions? options = null) => Load("resnet18_cntk", path, options);

    /// <summary>resnet20. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ResNet20(string? path = null, PretrainedOptions? options = null) => Load("resnet20", path, options);

    /// <summary>resnet32. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ResNet32(string? path = null, PretrainedOptions? options = null) => Load("resnet32", path, options);

    /// <summary>resnet34. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ResNet34(string? path = null, PretrainedOptions? options = null) => Load("resnet34", path, options);

    /// <summary>resnet44. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ResNet44(string? path = null, PretrainedOptions? options = null) => Load("resnet44", path, options);

    /// <summary>resnet50. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ResNet50(string? path = null, PretrainedOptions? options = null) => Load("resnet50", path, options);

    /// <summary>resnet56. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ResNet56(string? path = null, PretrainedOptions? options = null) => Load("resnet56", path, options);

    /// <summary>resnet101. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ResNet101(string? path = null, PretrainedOptions? options = null) => Load("resnet101", path, options);

    /// <summary>resnet110. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ResNet110(string? path = null, PretrainedOptions? options = null) => Load("resnet110", path, options);

    /// <summary>resnet152. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ResNet152(string? path = null, PretrainedOptions? options = null) => Load("resnet152", path, options);

    /// <summary>alexnet. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel AlexNet(string? path = null, PretrainedOptions? options = null) => Load("alexnet", path, options);

    /// <summary>vgg11. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel Vgg11(string? path = null, PretrainedOptions? options = null) => Load("vgg11", path, options);

    /// <summary>vgg11_bn. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel Vgg11BN(string? path = null, PretrainedOptions? options = null) => Load("vgg11_bn", path, options);

    /// <summary>vgg13. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel Vgg13(string? path = null, PretrainedOptions? options = null) => Load("vgg13", path, options);

    /// <summary>vgg13_bn. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel Vgg13BN(string? path = null, PretrainedOptions? options = null) => Load("vgg13_bn", path, options);

    /// <summary>vgg16. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel Vgg16(string? path = null, PretrainedOptions? options = null) => Load("vgg16", path, options);

    /// <summary>vgg16_bn. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel Vgg16BN(string? path = null, PretrainedOptions? options = null) => Load("vgg16_bn", path, options);

    /// <summary>vgg19. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel Vgg19(string? path = null, PretrainedOptions? options = null) => Load("vgg19", path, options);

    /// <summary>vgg19_bn. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel Vgg19BN(string? path = null, PretrainedOptions? options = null) => Load("vgg19_bn", path, options);

    /// <summary>inception_v3. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel InceptionV3(string? path = null, PretrainedOptions? options = null) => Load("inception_v3", path, options);

    /// <summary>googlenet. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel GoogLeNet(string? path = null, PretrainedOptions? options = null) => Load("googlenet", path, options);

    /// <summary>squeezenet1_0. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel SqueezeNet1_0(string? path = null, PretrainedOptions? options = null) => Load("squeezenet1_0", path, options);

    /// <summary>squeezenet1_1. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel SqueezeNet1_1(string? path = null, PretrainedOptions? options = null) => Load("squeezenet1_1", path, options);

    /// <summary>densenet121. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel DenseNet121(string? path = null, PretrainedOptions? options = null) => Load("densenet121", path, options);

    /// <summary>densenet161. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel DenseNet161(string? path = null, PretrainedOptions? options = null) => Load("densenet161", path, options);

    /// <summary>densenet169. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel DenseNet169(string? path = null, PretrainedOptions? options = null) => Load("densenet169", path, options);

    /// <summary>densenet201. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel DenseNet201(string? path = null, PretrainedOptions? options = null) => Load("densenet201", path, options);

    /// <summary>shufflenet_v2_x0_5. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ShuffleNetV2X0_5(string? path = null, PretrainedOptions? options = null)
        => Load("shufflenet_v2_x0_5", path, options);

    /// <summary>shufflenet_v2_x1_0. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ShuffleNetV2X1_0(string? path = null, PretrainedOptions? options = null)
        => Load("shufflenet_v2_x1_0", path, options);

    /// <summary>shufflenet_v2_x1_5. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ShuffleNetV2X1_5(string? path = null, PretrainedOptions? options = null)
        => Load("shufflenet_v2_x1_5", path, options);

    /// <summary>shufflenet_v2_x2_0. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ShuffleNetV2X2_0(string? path = null, PretrainedOptions? options = null)
        => Load("shufflenet_v2_x2_0", path, options);

    /// <summary>mobilenet_v1. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel MobileNetV1(string? path = null, PretrainedOptions? options = null) => Load("mobilenet_v1", path, options);

    /// <summary>mobilenet_v1_12. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel MobileNetV1_12(string? path = null, PretrainedOptions? options = null)
        => Load("mobilenet_v1_12", path, options);

    /// <summary>mobilenet_v2. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel MobileNetV2(string? path = null, PretrainedOptions? options = null) => Load("mobilenet_v2", path, options);

    /// <summary>mobilenet_v3_large. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel MobileNetV3Large(string? path = null, PretrainedOptions? options = null)
        => Load("mobilenet_v3_large", path, options);

    /// <summary>mobilenet_v3_small. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel MobileNetV3Small(string? path = null, PretrainedOptions? options = null)
        => Load("mobilenet_v3_small", path, options);

    /// <summary>mnasnet0_5. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel MnasNet0_5(string? path = null, PretrainedOptions? options = null) => Load("mnasnet0_5", path, options);

    /// <summary>mnasnet0_75. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel MnasNet0_75(string? path = null, PretrainedOptions? options = null) => Load("mnasnet0_75", path, options);

    /// <summary>mnasnet1_0. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel MnasNet1_0(string? path = null, PretrainedOptions? options = null) => Load("mnasnet1_0", path, options);

    /// <summary>mnasnet1_3. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel MnasNet1_3(string? path = null, PretrainedOptions? options = null) => Load("mnasnet1_3", path, options);

    /// <summary>efficientnet_b0. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel EfficientNetB0(string? path = null, PretrainedOptions? options = null)
        => Load("efficientnet_b0", path, options);

    /// <summary>efficientnet_b1. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel EfficientNetB1(string? path = null, PretrainedOptions? options = null)
        => Load("efficientnet_b1", path, options);

    /// <summary>efficientnet_b2. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel EfficientNetB2(string? path = null, PretrainedOptions? options = null)
        => Load("efficientnet_b2", path, options);

    /// <summary>efficientnet_b3. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel EfficientNetB3(string? path = null, PretrainedOptions? options = null)
        => Load("efficientnet_b3", path, options);

    /// <summary>efficientnet_b4. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel EfficientNetB4(string? path = null, PretrainedOptions? options = null)
        => Load("efficientnet_b4", path, options);

    /// <summary>efficientnet_b5. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel EfficientNetB5(string? path = null, PretrainedOptions? options = null)
        => Load("efficientnet_b5", path, options);

    /// <summary>efficientnet_b6. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel EfficientNetB6(string? path = null, PretrainedOptions? options = null)
        => Load("efficientnet_b6", path, options);

    /// <summary>efficientnet_b7. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel EfficientNetB7(string? path = null, PretrainedOptions? options = null)
        => Load("efficientnet_b7", path, options);

    /// <summary>efficientnet_v2_l. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel EfficientNetV2L(string? path = null, PretrainedOptions? options = null)
        => Load("efficientnet_v2_l", path, options);

    /// <summary>efficientnet_v2_m. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel EfficientNetV2M(string? path = null, PretrainedOptions? options = null)
        => Load("efficientnet_v2_m", path, options);

    /// <summary>efficientnet_v2_s. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel EfficientNetV2S(string? path = null, PretrainedOptions? options = null)
        => Load("efficientnet_v2_s", path, options);

    /// <summary>regnet_x_1_6gf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetX1_6GF(string? path = null, PretrainedOptions? options = null) => Load("regnet_x_1_6gf", path, options);

    /// <summary>regnet_x_3_2gf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetX3_2GF(string? path = null, PretrainedOptions? options = null) => Load("regnet_x_3_2gf", path, options);

    /// <summary>regnet_x_8gf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetX8GF(string? path = null, PretrainedOptions? options = null) => Load("regnet_x_8gf", path, options);

    /// <summary>regnet_x_16gf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetX16GF(string? path = null, PretrainedOptions? options = null) => Load("regnet_x_16gf", path, options);

    /// <summary>regnet_x_32gf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetX32GF(string? path = null, PretrainedOptions? options = null) => Load("regnet_x_32gf", path, options);

    /// <summary>regnet_x_400mf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetX400MF(string? path = null, PretrainedOptions? options = null) => Load("regnet_x_400mf", path, options);

    /// <summary>regnet_x_800mf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetX800MF(string? path = null, PretrainedOptions? options = null) => Load("regnet_x_800mf", path, options);

    /// <summary>regnet_y_1_6gf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetY1_6GF(string? path = null, PretrainedOptions? options = null) => Load("regnet_y_1_6gf", path, options);

    /// <summary>regnet_y_3_2gf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetY3_2GF(string? path = null, PretrainedOptions? options = null) => Load("regnet_y_3_2gf", path, options);

    /// <summary>regnet_y_8gf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetY8GF(string? path = null, PretrainedOptions? options = null) => Load("regnet_y_8gf", path, options);

    /// <summary>regnet_y_16gf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetY16GF(string? path = null, PretrainedOptions? options = null) => Load("regnet_y_16gf", path, options);

    /// <summary>regnet_y_32gf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetY32GF(string? path = null, PretrainedOptions? options = null) => Load("regnet_y_32gf", path, options);

    /// <summary>regnet_y_128gf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetY128GF(string? path = null, PretrainedOptions? options = null) => Load("regnet_y_128gf", path, options);

    /// <summary>regnet_y_400mf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetY400MF(string? path = null, PretrainedOptions? options = null) => Load("regnet_y_400mf", path, options);

    /// <summary>regnet_y_800mf. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel RegNetY800MF(string? path = null, PretrainedOptions? options = null) => Load("regnet_y_800mf", path, options);

    /// <summary>convnext_base. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ConvNeXtBase(string? path = null, PretrainedOptions? options = null) => Load("convnext_base", path, options);

    /// <summary>convnext_large. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ConvNeXtLarge(string? path = null, PretrainedOptions? options = null) => Load("convnext_large", path, options);

    /// <summary>convnext_small. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ConvNeXtSmall(string? path = null, PretrainedOptions? options = null) => Load("convnext_small", path, options);

    /// <summary>convnext_tiny. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ConvNeXtTiny(string? path = null, PretrainedOptions? options = null) => Load("convnext_tiny", path, options);

    /// <summary>vit_b_16. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ViTB16(string? path = null, PretrainedOptions? options = null) => Load("vit_b_16", path, options);

    /// <summary>vit_b_32. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ViTB32(string? path = null, PretrainedOptions? options = null) => Load("vit_b_32", path, options);

    /// <summary>vit_h_14. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ViTH14(string? path = null, PretrainedOptions? options = null) => Load("vit_h_14", path, options);

    /// <summary>vit_l_16. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ViTL16(string? path = null, PretrainedOptions? options = null) => Load("vit_l_16", path, options);

    /// <summary>vit_l_32. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel ViTL32(string? path = null, PretrainedOptions? options = null) => Load("vit_l_32", path, options);

    /// <summary>swin_b. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel SwinB(string? path = null, PretrainedOptions? options = null) => Load("swin_b", path, options);

    /// <summary>swin_s. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel SwinS(string? path = null, PretrainedOptions? options = null) => Load("swin_s", path, options);

    /// <summary>swin_t. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel SwinT(string? path = null, PretrainedOptions? options = null) => Load("swin_t", path, options);

    /// <summary>swin_v2_b. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel SwinV2B(string? path = null, PretrainedOptions? options = null) => Load("swin_v2_b", path, options);

    /// <summary>swin_v2_s. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel SwinV2S(string? path = null, PretrainedOptions? options = null) => Load("swin_v2_s", path, options);

    /// <summary>swin_v2_t. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel SwinV2T(string? path = null, PretrainedOptions? options = null) => Load("swin_v2_t", path, options);

    /// <summary>maxvit_t. See <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>.</summary>
    public static ImageModel MaxViTT(string? path = null, PretrainedOptions? options = null) => Load("maxvit_t", path, options);
}
#pragma warning restore CA1707
