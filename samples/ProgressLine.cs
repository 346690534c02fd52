namespace TransferLearning.Samples;

/// <summary>One line that is written over while training runs; plain lines when the output goes to a file.</summary>
internal sealed class ProgressLine(string name) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.EpochResult is { } epoch)
        {
            string line = $"{name}: epoch {value.Epoch}/{value.Epochs}  loss {epoch.Loss:F3}  training accuracy {epoch.Accuracy:P0}";
            if (!Console.IsOutputRedirected)
            {
                Console.Write($"\r{line}   ");
            }
            else if (value.Epoch % 10 == 0)
            {
                Console.WriteLine(line);
            }
        }
    }

    public static void End(string line) => Console.WriteLine(Console.IsOutputRedirected ? line : $"\r{line,-90}");
}
