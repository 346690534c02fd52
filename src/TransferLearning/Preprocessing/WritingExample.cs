namespace TransferLearning;

/// <summary>An example of which an encoder-decoder is to write something.</summary>
/// <param name="Source">What is read.</param>
/// <param name="DecoderIds">What the decoder reads, one token for each of <paramref name="Labels"/>.</param>
/// <param name="Labels">What it is to write.</param>
internal sealed record WritingExample(Example Source, int[] DecoderIds, long[] Labels) : Example(Source.Target, Source.Length);
