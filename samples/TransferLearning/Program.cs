// Transfer learning on images of your own, step by step.
//
//   dotnet run -c Release --project samples/TransferLearning -- FOLDER_OR_ZIP [WEIGHTS]
//
// FOLDER_OR_ZIP holds train and val, and both a folder of images for each class. The network is ResNet-18, downloaded if WEIGHTS does not
// name its file. Without arguments: the emoji, and a ResNet-20 for small images that lies beside them.
using TransferLearning;

string emoji = Path.Combine(AppContext.BaseDirectory, "emoji.zip");
string resNet20 = Path.Combine(AppContext.BaseDirectory, "resnet20-cifar10.safetensors");

// Load: the images, and a network that was trained on other ones.
using Dataset training = ImageFolder.Open(args.ElementAtOrDefault(0) ?? emoji, "train");
using Dataset validation = ImageFolder.Open(args.ElementAtOrDefault(0) ?? emoji, "val", training.ClassNames);
using ImageModel model = args.Length > 0 ? Pretrained.ResNet18(args.ElementAtOrDefault(1)) : Pretrained.ResNet20(resNet20);
Console.WriteLine($"{training.Count} training and {validation.Count} validation images: {string.Join(", ", training.ClassNames)}");

// Replace the head: a new last layer for these classes.
model.ReplaceHead(training.ClassNames);

// Probe: train the new head alone, on features that the frozen backbone computes once.
model.Probe(training, new Adam(0.01), new FineTuneOptions { Epochs = 20, Seed = 1 });
Console.WriteLine($"after the probe: {model.Evaluate(validation).Accuracy:P1}");

// Fine-tune: train everything, more gently, and keep the best epoch.
TrainingHistory history = model.Unfreeze().FineTune(
    training,
    new Sgd(learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4),
    new FineTuneOptions { Epochs = 10, Seed = 1, Validation = validation, Schedule = new CosineSchedule() });
Console.WriteLine(history);

// Evaluate: accuracy, and precision, recall and F1 for each class.
Console.WriteLine(model.Evaluate(validation));

// Predict: one image, as a path, as the bytes of a file, or as pixels.
Console.WriteLine($"{validation.NameOf(0)}: {model.Predict(validation.Read(0).Input)}");

// Save, and load again.
model.Save("my-model.tl");
using TransferModel again = TransferModel.Load("my-model.tl");
Console.WriteLine($"loaded again: {again.Evaluate(validation).Accuracy:P1}");
