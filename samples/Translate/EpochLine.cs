using System.Globalization;

namespace TransferLearning.Samples;

/// <summary>Prints how training proceeds, and after each epoch the BLEU of the first validation lines.</summary>
internal sealed class EpochLine(TextModel model, Dataset validation) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        string time = value.Elapsed.ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture);
        if (value.EpochResult is not { } epoch)
        {
            Console.WriteLine($"{time} epoch {value.Epoch}, batch {value.Batch} of {value.Batches}: loss {value.Loss:F3}");
            return;
        }

        double bleu = TranslatedLine.Bleu(TranslatedLine.Of(model, validation.Take(200)));
        string losses = $"loss {epoch.Loss:F3}, validation loss {epoch.ValidationLoss:F3}";
        Console.WriteLine($"{time} epoch {epoch.Epoch}: {losses}, BLEU of 200 lines {bleu:F2}");
    }
}
