using System.Runtime.InteropServices;

namespace TransferLearning.Tests;

[Trait("Category", "Faults")]
public sealed class TrainingFaultTests
{
    private const string NoMemory = "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried "
        + "to allocate 99 bytes.";

    [Theory]
    [InlineData(4, "BatchSize = 4 and AccumulationSteps = 5")]
    [InlineData(9, "BatchSize = 8 and AccumulationSteps = 3")]
    [InlineData(0, "Not even one sample fits")]
    public void Running_out_of_memory_names_the_batch_size_that_fits(int fits, string remedy)
    {
        using ToyTraining toy = new(40) { BeforeBatch = batch => ThrowIf(batch.Count > fits) };
        float[] before = toy.Weights();
        TrainingException exception = Assert.Throws<TrainingException>(() => toy.Train(new FineTuneOptions { Epochs = 1, BatchSize = 17 }));
        Assert.Contains(remedy, exception.Message, StringComparison.Ordinal);
        Assert.Contains("epoch 1, batch 1", exception.Message, StringComparison.Ordinal);
        Assert.IsType<ExternalException>(exception.InnerException);
        Assert.Equal(before, toy.Weights()); // trying sizes out changed nothing

        static void ThrowIf(bool tooLarge)
        {
            if (tooLarge)
            {
                // What TorchSharp throws.
#pragma warning disable CA2201
                throw new ExternalException(NoMemory);
#pragma warning restore CA2201
            }
        }
    }

    [Fact]
    public void Gradients_that_are_no_numbers_stop_the_run_when_their_norm_is_measured()
    {
        using ToyTraining toy = new(32);
        float[] before = [.. toy.Network.parameters().SelectMany(parameter => parameter.detach().data<float>())];

        // The root of 0 is 0, and its slope is not finite.
        toy.AfterBatch = result => result with { Loss = result.Loss + toy.Network.parameters().First().mul(0).sum().sqrt() };
        TrainingException exception = Assert.Throws<TrainingException>(
            () => toy.Train(new FineTuneOptions { Epochs = 1, BatchSize = 8, Clipping = new ClipByNorm(1) }));
        Assert.Equal((1, 1), (exception.Epoch, exception.Batch));
        Assert.Equal(before, toy.Network.parameters().SelectMany(parameter => parameter.detach().data<float>()));
    }

    [Fact]
    public void An_image_damaged_in_the_third_epoch_is_named_and_the_best_weights_stay()
    {
        using Dataset dataset = new WearingDataset(8, damagedFrom: 8 * 2 + 5);
        using Dataset validation = new WearingDataset(8, damagedFrom: int.MaxValue);
        using ImageModel model = TransferModel.Create("resnet20", 2);
        FineTuneOptions options = new() { Epochs = 5, BatchSize = 4, Workers = 0, Validation = validation };
        SampleLoadException exception = Assert.Throws<SampleLoadException>(() => model.FineTune(dataset, new Sgd(0.01), options));
        Assert.Contains("image", exception.Message, StringComparison.Ordinal);
        Assert.False(model.Module.training);
        Assert.InRange(model.Evaluate(validation).Accuracy!.Value, 0, 1);
    }

    [Fact]
    public void An_image_damaged_in_the_third_epoch_can_be_skipped()
    {
        using Dataset dataset = new WearingDataset(8, damagedFrom: 8 * 2 + 5, damaged: 2);
        using ImageModel model = TransferModel.Create("resnet20", 2);
        FineTuneOptions options = new() { Epochs = 4, BatchSize = 4, Workers = 0, OnBadSample = BadSampleHandling.Skip };
        TrainingHistory history = model.FineTune(dataset, new Sgd(0.01), options);
        Assert.Equal((StopReason.Completed, 2L), (history.StopReason, history.Skipped.Count));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 0)]
    public void Cancelling_ends_within_one_batch_with_the_best_so_far(int accumulation, int workers)
    {
        using Dataset dataset = new WearingDataset(32, damagedFrom: int.MaxValue);
        using Dataset validation = dataset.Take(4);
        using ImageModel model = TransferModel.Create("resnet20", 2);
        using CancellationTokenSource source = new();
        FineTuneOptions options = new()
        {
            Epochs = 100,
            BatchSize = 2,
            Workers = workers,
            AccumulationSteps = accumulation,
            Validation = validation,
            EvaluateEvery = 1,
            Observers = [new Immediate<TrainingEvent>(reported =>
            {
                if (reported is TrainingEvent.StepTaken { Step: 4 })
                {
                    source.Cancel();
                }
            })],
        };
        TrainingHistory history = model.FineTune(dataset, new Sgd(0.01), options, cancellationToken: source.Token);
        Assert.Equal((StopReason.Cancelled, 4L), (history.StopReason, history.Steps));
        double best = history.Evaluations.Max(evaluation => evaluation.Score!.Value);
        Assert.Equal(best, model.Evaluate(validation).Accuracy!.Value, 9);
    }

    /// <summary>Images of two classes that are read well so many times, and then some reads fail as on a dying disk.</summary>
    private sealed class WearingDataset(int count, int damagedFrom, int damaged = int.MaxValue) : Dataset
    {
        private int _reads;

        public override int Count => count;

        public override IReadOnlyList<string> ClassNames => ["dark", "bright"];

        public override int LabelOf(int index) => index % 2;

        public override string NameOf(int index) => $"image {index}";

        public override Sample Read(int index)
        {
            int read = Interlocked.Increment(ref _reads);
            if (read > damagedFrom && read - damagedFrom <= damaged)
            {
                throw new IOException("The disk could not be read.");
            }

            byte[] pixels = new byte[32 * 32 * 3];
            Array.Fill(pixels, (byte)(60 + (100 * (index % 2)) + index));
            return new Sample(NameOf(index), LabelOf(index), new RawImage(32, 32, pixels));
        }
    }
}
