using static TorchSharp.torch;

namespace TransferLearning.Tests;

public class AudioInputTests
{
    [Fact]
    public void The_first_rows_keep_their_lengths_and_what_the_decoder_reads()
    {
        using AudioInput input = new(arange(12, ScalarType.Float32).reshape(3, 4), tensor(new long[] { 4, 3, 2 }))
        {
            DecoderIds = tensor(new long[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } }).DetachFromDisposeScope(),
        };
        using AudioInput first = input.Narrow(2);
        Assert.Equal(2, first.Count);
        Assert.Equal([4L, 3L], first.Lengths!.data<long>().ToArray());
        Assert.Equal([1L, 2L, 3L, 4L], first.DecoderIds!.flatten().data<long>().ToArray());
    }

    [Fact]
    public void Lengths_of_another_number_of_sounds_are_refused()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new AudioInput(zeros(2, 8), zeros(3, ScalarType.Int64)));
        Assert.Contains("2 sounds", error.Message, StringComparison.Ordinal);
    }
}
