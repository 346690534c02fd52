// Shows why a model predicts what it does: heat maps over images, coloured words of a text, and the training images that look most alike.
//
//   dotnet run -c Release --project samples/Explain -- [--out FOLDER] [--images N]
//
// It uses the emoji and the ResNet-20 of samples/QuickStart, the questions and the BERT of samples/TextClassification, and needs no
// network.
using TransferLearning;
using TransferLearning.Samples;

CommandLine line = new(args, "out", "images");
string beside = AppContext.BaseDirectory;
string output = Directory.CreateDirectory(line.Text("out", "explained")).FullName;

using Dataset training = ImageFolder.Open(Path.Combine(beside, "emoji.zip"), "train");
using Dataset validation = ImageFolder.Open(Path.Combine(beside, "emoji.zip"), "val");
using ImageModel model = Pretrained.ResNet20(Path.Combine(beside, "resnet20-cifar10.safetensors")).ReplaceHead(training.ClassNames.Count);
FineTuneOptions options = new() { Epochs = 15, BatchSize = 32, Seed = 1, Schedule = new OneCycleSchedule(0.05) };
model.FineTune(training, new Sgd(0.05, momentum: 0.9, weightDecay: 5e-4), options);
Console.WriteLine($"A ResNet-20 knows {model.Evaluate(validation).Accuracy:P1} of {validation.Count} emoji it has not seen.");

Dictionary<string, AttributionMethod> methods = new()
{
    ["grad-cam"] = new GradCam(),
    ["integrated-gradients"] = new IntegratedGradients(),
    ["smoothgrad"] = new SmoothGrad(),
    ["occlusion"] = new Occlusion { Window = 8, Stride = 4 },
};
using FeatureCache cache = new();
for (int i = 0; i < line.Whole("images", 3); i++)
{
    Sample sample = validation.Read((2 * i + 1) * validation.Count / 6 % validation.Count);
    foreach ((string name, AttributionMethod method) in methods)
    {
        ImageAttribution attribution = model.Explain(sample, method);
        attribution.SaveOverlay(Path.Combine(output, $"{i}-{name}.png"));
        double deletion = attribution.DeletionCurve(model).Area, insertion = attribution.InsertionCurve(model).Area;
        Console.WriteLine($"{attribution}: area of deletion {deletion:0.00}, of insertion {insertion:0.00}");
    }

    foreach (NearestExample near in model.FindNearest(sample, training, count: 2, new FeatureOptions { Cache = cache }))
    {
        Console.WriteLine($"  looks like {near.Name} ({near.ClassName}, cosine {near.Cosine:0.000})");
    }
}

TextFileOptions columns = new() { Text = "text", Label = "label" };
using Dataset questions = TextFile.Open(Path.Combine(beside, "text", "questions.tsv"), columns);
using TextModel reader = Pretrained.Bert(Path.Combine(beside, "text")).ReplaceHead(questions.ClassNames);
reader.FineTune(questions, new AdamW(5e-4), new FineTuneOptions { Epochs = 5, BatchSize = 16, Seed = 1 });
string text = "How many people live in Cairo ?";
foreach (AttributionMethod method in new AttributionMethod[] { new IntegratedGradients(), new Occlusion() })
{
    TextAttribution words = reader.Explain(text, method);
    words.SaveHtml(Path.Combine(output, $"{method.Name.Replace(' ', '-')}.html"));
    Console.WriteLine(words);
}

Console.WriteLine($"Heat maps and pages are in {output}.");
