namespace TransferLearning;

/// <summary>The errors of a training run, and how those of LibTorch are recognised.</summary>
internal static class TrainingFault
{
    /// <summary>A number of the run is NaN or infinite.</summary>
    public static TrainingException NotFinite(string what, int epoch, int batch, double learningRate)
        => new(
            epoch + 1,
            batch + 1,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{what} in epoch {epoch + 1}, batch {batch + 1}, at learning rate {learningRate:G4}. Lower the learning rate, clip ")
                + "gradients (FineTuneOptions.Clipping), or look for inputs that are not numbers. The weights of the best epoch so far "
                + "are kept.");

    /// <summary>Refuses statistics that are NaN or infinite: a batch norm that saw one value has no variance, and whatever the cause, such
    /// numbers must not be kept.</summary>
    public static void RequireFiniteStatistics(nn.Module network, int epoch, int batch, double learningRate)
    {
        foreach ((string name, Tensor buffer) in network.named_buffers().Where(entry => entry.buffer.is_floating_point()))
        {
            using DisposeScope scope = NewDisposeScope();
            if (!buffer.isfinite().all().item<bool>())
            {
                throw NotFinite($"'{name}' holds NaN or infinity", epoch, batch, learningRate);
            }
        }
    }

    /// <summary>Whether an exception says that memory ran out, on the CPU or a GPU.</summary>
    public static bool IsOutOfMemory(Exception exception)
        => exception is OutOfMemoryException
            || exception.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase)
            || exception.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase)
            || exception.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase);

    /// <summary>Memory ran out in a step.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="batch">From 0.</param>
    /// <param name="size">How many samples the batch had.</param>
    /// <param name="fits">The largest number found to fit; null when it could not be tried, 0 when not even one does.</param>
    /// <param name="cause">LibTorch's error.</param>
    public static TrainingException OutOfMemory(int epoch, int batch, int size, int? fits, Exception cause)
    {
        string remedy = fits switch
        {
            null => $"Try BatchSize = {Math.Max(1, size / 2)} with AccumulationSteps = 2, which gives the same gradients.",
            0 => "Not even one sample fits: freeze more of the network, take smaller inputs or a smaller network, or set "
                + "GradientCheckpointing.",
            { } count => $"A batch of {count} fits: set BatchSize = {count} and AccumulationSteps = {(size + count - 1) / count}, which "
                + "gives the same gradients; GradientCheckpointing saves memory too.",
        };
        return new TrainingException(
            epoch + 1, batch + 1, $"Memory ran out in epoch {epoch + 1}, batch {batch + 1}, on a batch of {size} samples. {remedy}", cause);
    }
}
