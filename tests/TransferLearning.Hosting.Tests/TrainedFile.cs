namespace TransferLearning.Hosting.Tests;

/// <summary>A model that was trained and saved once for a class of tests.</summary>
public sealed class TrainedFile : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainedFile()
    {
        using Dataset train = Beside.Emoji("train");
        using ImageModel model = Beside.Trained(train);
        model.Save(Path);
    }

    public string Path => _folder.File("emoji.tl");

    public void Dispose() => _folder.Dispose();
}
