// Which pretrained network suits a set of images? Ranks some without fine-tuning any, and says what to do next.
//
//   dotnet run -c Release --project samples/ChooseModel
//   dotnet run -c Release --project samples/ChooseModel -- --models mobilenet_v2,resnet18 --data FOLDER_OR_ZIP [--train PART] [--limit N]
//
// Without arguments it ranks the ResNet-20 of the sample QuickStart, its twin with random weights, and another network with random weights,
// on the emoji: a network that is not better than a random one has nothing to offer. The weights of --models are downloaded once.
using TransferLearning;
using TransferLearning.Samples;

CommandLine line = new(args, "models", "data", "train", "limit");
string beside = AppContext.BaseDirectory;
using Dataset images = ImageFolder.Open(
    line.Text("data", Path.Combine(beside, "emoji.zip")), line["train"] ?? (line["data"] is null ? "train" : null));

// Each is made when its turn comes and disposed after it, so the list may be long.
List<ModelCandidate> candidates = [];
foreach (string name in line["models"]?.Split(',') ?? [])
{
    candidates.Add(new ModelCandidate(name, () => Pretrained.Load(name)));
}

if (candidates.Count == 0)
{
    string weights = Path.Combine(beside, "resnet20-cifar10.safetensors");
    candidates.Add(new ModelCandidate("resnet20 CIFAR-10", () => Pretrained.ResNet20(weights)));
    candidates.Add(new ModelCandidate("shufflenet random", () => TransferModel.Create("shufflenet_v2_x0_5", 10, seed: 1)));
}

candidates.Add(new ModelCandidate("resnet20 random", () => TransferModel.Create("resnet20", 10, seed: 1)));

ModelRankingOptions options = new() { SampleLimit = line.Whole("limit", 2000), Seed = 1 };
ModelRanking ranking = ModelAdvisor.Rank(images, candidates, options, new CandidateLine());
Console.WriteLine(ranking);

/// <summary>Says which candidate is looked at.</summary>
internal sealed class CandidateLine : IProgress<ModelRankingProgress>
{
    public void Report(ModelRankingProgress value)
    {
        if (value.Samples == value.OfSamples)
        {
            Console.WriteLine($"{value.Candidate} of {value.Candidates}: features of {value.Samples} samples by {value.Name}");
        }
    }
}
