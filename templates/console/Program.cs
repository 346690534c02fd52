// Teaches a pretrained network the classes of your images.
//
//   dotnet run -c Release -- IMAGES [ARCHITECTURE] [WEIGHTS]
//
// IMAGES is a folder, or a zip file, with one folder of images for each class. ARCHITECTURE is a network's name, resnet18 if you say none;
// its published weights are downloaded once, unless WEIGHTS names a file that has them.
using TransferLearning;

if (args.Length == 0)
{
    Console.Error.WriteLine("Say where the images are: a folder, or a zip file, with one folder of images for each class.");
    return 2;
}

using Dataset images = ImageFolder.Open(args[0]);
(Dataset training, Dataset validation) = images.Split(0.8, seed: 1);
Console.WriteLine($"{training.Count} images to train on, {validation.Count} to measure on: {string.Join(", ", images.ClassNames)}");

using ImageModel model = Pretrained.Load(args.ElementAtOrDefault(1) ?? "resnet18", args.ElementAtOrDefault(2));
model.ReplaceHead(images.ClassNames);

// The head first, on features that are computed once; then everything, gently, keeping the best epoch.
model.Probe(training, new LogisticProbe());
TrainingHistory history = model.Unfreeze().FineTune(
    training,
    new Sgd(learningRate: 0.001, momentum: 0.9),
    new FineTuneOptions { Epochs = 3, Seed = 1, Validation = validation, Schedule = new CosineSchedule() });
Console.WriteLine(history);
Console.WriteLine(model.Evaluate(validation));

model.Save("model.tl");
Console.WriteLine("saved: model.tl");
return 0;
