// Trains in several processes, and scores images in shards.
//
//   dotnet build -c Release samples/Distributed
//   mpirun --bind-to none -np 2 dotnet samples/Distributed/bin/Release/net10.0/linux-x64/Distributed.dll train
//   dotnet samples/Distributed/bin/Release/net10.0/linux-x64/Distributed.dll score SHARD SHARDS   (from 0; then: merge)
//
// train [FOLDER] writes model.tl into the folder, where score and merge find it; without mpirun it trains alone. Two processes with
// batches of 16 learn what one learns with batches of 16 and two accumulation steps. As root mpirun needs --allow-run-as-root. In a Slurm
// array or a Kubernetes job, SHARD and SHARDS come from the environment: docs/distributed.md.
using TransferLearning;
using TransferLearning.Mpi;

string beside = AppContext.BaseDirectory, emoji = Path.Combine(beside, "emoji.zip");
switch (args)
{
    case ["train", .. string[] rest]:
        Train(Directory.CreateDirectory(rest.ElementAtOrDefault(0) ?? "distributed").FullName);
        return 0;
    case ["score", string shard, string shards, .. string[] rest]:
        Score(rest.ElementAtOrDefault(0) ?? "distributed", int.Parse(shard, null), int.Parse(shards, null));
        return 0;
    case ["merge", .. string[] rest]:
        Console.WriteLine(ScoreFolder.Merge(Path.Combine(rest.ElementAtOrDefault(0) ?? "distributed", "scores")));
        return 0;
    default:
        Console.Error.WriteLine("train [FOLDER] | score SHARD SHARDS [FOLDER] | merge [FOLDER]");
        return 2;
}

void Train(string folder)
{
    using MpiCommunicator ranks = MpiCommunicator.Start();
    using Dataset training = ImageFolder.Open(emoji, "train");
    using Dataset validation = ImageFolder.Open(emoji, "val", training.ClassNames);
    using ImageModel model = Pretrained.ResNet20(Path.Combine(beside, "resnet20-cifar10.safetensors")).ReplaceHead(training.ClassNames);
    FineTuneOptions options = new() { Epochs = 10, BatchSize = 16, Seed = 1, Validation = validation, Communicator = ranks };
    TrainingHistory history = model.FineTune(
        training, new Sgd(learningRate: 0.05, momentum: 0.9), options with { Schedule = new OneCycleSchedule(0.05) });
    if (ranks.Rank == 0)
    {
        Console.WriteLine($"{history}\nby {ranks.Size} processes, {ranks.Version}");
        model.Save(Path.Combine(folder, "model.tl"));
    }
}

void Score(string folder, int shard, int shards)
{
    using ImageModel model = ImageModel.Load(Path.Combine(folder, "model.tl"));
    using Dataset images = ImageFolder.Open(emoji, "val");
    ScoreShard done = model.Score(images, Path.Combine(folder, "scores"), (shard, shards));
    Console.WriteLine($"{done.File}: {done.Count} images{(done.WasDone ? ", was done already" : "")}");
}
