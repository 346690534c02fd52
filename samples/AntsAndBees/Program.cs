// The classic tutorial of transfer learning, on a folder of your own: a network trained on ImageNet classifies the images of its
// subfolders.
//
//   dotnet run -c Release --project samples/AntsAndBees -- hymenoptera_data
//
// The folder or zip file holds train and val, each with a folder of images for each class. The network comes with dotnet restore.
using TransferLearning;
using TransferLearning.Onnx;

if (args.Length != 1)
{
    Console.Error.WriteLine("Name one folder or zip file that holds train and val, each with a folder of images for each class.");
    return 1;
}

using Dataset train = ImageFolder.Open(args[0], "train");
using Dataset val = ImageFolder.Open(args[0], "val", train.ClassNames);
Console.WriteLine($"{train.Count} images to train with, {val.Count} to evaluate on: {string.Join(", ", train.ClassNames)}");

using ImageModel model = OnnxPretrained.ResNet18Cntk(Path.Combine(AppContext.BaseDirectory, "ResNet18.onnx"));
Console.WriteLine($"ResNet18.onnx fills {model.LoadReport!.Applied.Count} tensors; new: {string.Join(", ", model.LoadReport.Missing)}");

model.ReplaceHead(train.ClassNames);
LinearProbeResult fit = model.Probe(train, new LogisticProbe());
Console.WriteLine(fit);
Console.WriteLine(model.Evaluate(val));

Console.WriteLine($"{val.NameOf(0)}: {model.Predict(val.Read(0).Input)}");
return 0;
