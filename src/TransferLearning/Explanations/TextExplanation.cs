namespace TransferLearning;

/// <summary>Explains texts: the input of the methods are the token embeddings, before positions are added.</summary>
internal static class TextExplanation
{
    /// <summary>Explains a sample.</summary>
    public static TextAttribution Of(
        TextModel model, Sample sample, AttributionMethod method, TargetClass? target, ExplanationWork work)
    {
        TextContent content = sample.Input as TextContent
            ?? throw new ArgumentException(
                $"Sample '{sample.Name}' holds {sample.Input.GetType().Name}; only a {nameof(TextContent)} can be explained.",
                nameof(sample));
        EncodedText encoded = model.Preprocessor.Tokens(sample);
        return model.Predicting(_ =>
        {
            using EvaluationMode mode = new(model.Module);
            using DisposeScope scope = NewDisposeScope();
            ScoredInput input = InputOf(model, encoded);
            ExplainedScore score = ExplainedScore.Of(sample.Name, model.LearningTask, model.Architecture, input.Outputs(), target);
            input.Target = score.Target;
            return new TextAttribution(
                score, method, method.Compute(input, work), content, encoded, id => model.Tokenizer.IdToToken(id) ?? "");
        });
    }

    private static ScoredInput InputOf(TextModel model, EncodedText encoded)
    {
        TextNetwork network = model.Module;
        string name = network.WordEmbeddingName[..network.WordEmbeddingName.LastIndexOf('.')];
        nn.Module<Tensor, Tensor> table = (nn.Module<Tensor, Tensor>)network.named_modules().First(module => module.name == name).module;
        int? hidden = model.Tokenizer.MaskId ?? model.Tokenizer.PadId;
        Tensor values, nothing;
        using (no_grad())
        {
            values = Embedded(encoded.Ids);
            nothing = hidden is { } id ? Embedded([.. encoded.Ids.Select((own, i) => encoded.SpecialTokens[i] ? own : id)]) : Zeros();
        }

        ForwardPass pass = new(network, model.Device);
        return new ScoredInput(network, values, Run)
        {
            Nothing = nothing,
            Words =
            [
                .. Enumerable.Range(0, encoded.Length)
                    .Where(i => !encoded.SpecialTokens[i])
                    .GroupBy(i => (encoded.SequenceIndices[i], encoded.WordIndices[i]), (_, tokens) => (IReadOnlyList<int>)[.. tokens])
            ],
        };

        Tensor Embedded(int[] ids) => table.call(tensor([.. ids.Select(id => (long)id)], [1, ids.Length], device: model.Device.ToTorch()));

        Tensor Zeros() => where(
            tensor(encoded.SpecialTokens, [1, encoded.Length, 1], device: values.device), values, values.new_zeros(values.shape));

        // Every row is the same text, with the batch's embeddings in place of its own.
        Tensor Run(Tensor batch)
        {
            int calls = 0;
            using TokenInput rows = model.Preprocessor.ToInput([.. Enumerable.Repeat(encoded, (int)batch.size(0))]);
            using ForwardTap tap = new()
            {
                OnOutput = (module, _) => !ReferenceEquals(module, table) ? null
                    : calls++ == 0 ? batch.clone()
                    : throw new InvalidOperationException(
                        $"{network.GetName()} reads a text twice, by its encoder and its decoder, so the share of a token is not defined."),
            };
            return pass.Run(rows).Outputs;
        }
    }
}
