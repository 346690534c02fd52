namespace TransferLearning.Onnx;

/// <summary>Networks of texts as files have them.</summary>
internal static class TextParts
{
    private static readonly Size Batch = Size.Free(0);
    private static readonly Size Length = Size.Free(1);
    private static readonly Size Source = Size.Free(2);

    // All differ from run to run, and in a run from each other.
    private static readonly IReadOnlyList<IReadOnlyList<long>> Runs = [[2, 5, 4], [3, 7, 9], [5, 11, 6]];

    /// <summary>What is exported of a model: a network, or an encoder and a decoder.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">The options.</param>
    /// <returns>The parts, each with the name that its file gets; empty for the only one.</returns>
    public static IReadOnlyList<(string Name, ExportedPart Part)> Of(TextModel model, OnnxExportOptions options)
        => model.LearningTask is SequenceToSequence
            ? [("encoder", Encoder(model)), ("decoder", Decoder(model))]
            : [("", Network(model, options))];

    private static PartInput Ids(string name, Size length) => new(name, "Long", [Batch, length]);

    private static ExportedPart Network(TextModel model, OnnxExportOptions options)
        => new(
            [Ids("input_ids", Length), Ids("attention_mask", Length), Ids("token_type_ids", Length)],
            model.LearningTask.Head.Kind switch
            {
                HeadKind.None => ["last_hidden_state", "embeddings"],
                HeadKind.Spans => ["start_logits", "end_logits"],
                _ => ["logits"],
            },
            ["batch", "sequence"],
            [.. Runs.Select(run => run.Take(2).ToArray())],
            sizes => Sample(model, sizes[0], sizes[1]),
            sample =>
            {
                TokenInput input = (TokenInput)sample.Input;
                if (model.LearningTask.Head.Kind != HeadKind.None)
                {
                    Tensor logits = model.Module.call(input);
                    return model.LearningTask.Head.Kind == HeadKind.Spans ? [logits.select(2, 0), logits.select(2, 1)] : [logits];
                }

                Tensor hidden = model.Module.ForwardHidden(input);
                return [hidden, TextNetwork.Embed(hidden, input.Mask, options.Pooling, options.NormalizeEmbeddings)];
            });

    private static ExportedPart Encoder(TextModel model)
        => new(
            [Ids("input_ids", Length), Ids("attention_mask", Length)],
            ["last_hidden_state"],
            ["batch", "sequence"],
            [.. Runs.Select(run => run.Take(2).ToArray())],
            sizes =>
            {
                ExportedSample sample = Sample(model, sizes[0], sizes[1]);
                return sample with { Tensors = [.. sample.Tensors.Take(2)] };
            },
            sample => [model.Module.ForwardHidden((TokenInput)sample.Input)]);

    private static ExportedPart Decoder(TextModel model)
        => new(
            [
                Ids("input_ids", Length), Ids("encoder_attention_mask", Source),
                new PartInput("encoder_hidden_states", "Float", [Batch, Source, new Size(model.Module.FeatureCount)]),
            ],
            ["logits"],
            ["batch", "sequence", "encoder_sequence"],
            Runs,
            sizes =>
            {
                ExportedSample source = Sample(model, sizes[0], sizes[2]);
                TokenInput read = (TokenInput)source.Input;
                read.TypeIds!.Dispose(); // a decoder has none
                TokenInput input = new(read.Ids, read.Mask)
                {
                    DecoderIds = ones([sizes[0], sizes[1]], ScalarType.Int64, model.Device.ToTorch()).DetachFromDisposeScope(),
                };
                _ = input.HasPadding;
                return new ExportedSample(
                    [input.DecoderIds, input.Mask, rand([sizes[0], sizes[2], model.Module.FeatureCount], device: model.Device.ToTorch())],
                    input);
            },
            sample => [model.Module.ForwardDecoder(sample.Tensors[2], (TokenInput)sample.Input)]);

    // The last token of every second text is padding.
    private static ExportedSample Sample(TextModel model, long count, long length)
    {
        if (model.Module.MaximumLength < Runs.Max(run => run[1]))
        {
            throw new NotSupportedException(
                $"The network takes texts of at most {model.Module.MaximumLength} tokens; to be exported it must take "
                    + $"{Runs.Max(run => run[1])}.");
        }

        torch.Device device = model.Device.ToTorch();
        long[] mask = [.. Enumerable.Range(0, checked((int)(count * length))).Select(
            place => place / length % 2 == 1 && place % length == length - 1 ? 0L : 1)];
        TokenInput input = new(
            ones([count, length], ScalarType.Int64, device), tensor(mask, [count, length], device: device),
            zeros([count, length], ScalarType.Int64, device));
        _ = input.HasPadding; // which is not a part of what is recorded
        return new ExportedSample([input.Ids, input.Mask, input.TypeIds!], input);
    }
}
