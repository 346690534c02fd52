using TransferLearning.Onnx;

namespace TransferLearning.Tests;

/// <summary>The code blocks on ONNX, where the compiler sees them.</summary>
internal static class OnnxSnippets
{
    public static void Export(ImageModel model)
    {
        // snippet: onnx-export
        model.ExportOnnx("bees.onnx");
        model.ExportOnnx("bees.onnx", new OnnxExportOptions { IncludePreprocessing = true, Opset = 18 });
        // end
    }

    public static void Import()
    {
        // snippet: onnx-import
        using ImageModel model = OnnxPretrained.Load("resnet18", "resnet18.onnx");
        using ImageModel imageNet = OnnxPretrained.ResNet18Cntk("ResNet18.onnx"); // of Microsoft.ML.DnnImageFeaturizer.ResNet18
        // end
    }
}
