namespace TransferLearning.Tests;

/// <summary>How far the probabilities of two classifiers are apart.</summary>
internal static class Agreement
{
    /// <summary>The mean over samples of the largest difference of a class's probability.</summary>
    public static double Distance(TransferModel first, TransferModel second, Dataset samples)
        => Probabilities(first, samples).Zip(Probabilities(second, samples))
            .Average(pair => pair.First.Zip(pair.Second).Max(both => Math.Abs(both.First - both.Second)));

    private static IEnumerable<double[]> Probabilities(TransferModel model, Dataset samples)
    {
        SamplePredictions kept = model.Evaluate(samples, new EvaluateOptions { Samples = SampleDetail.Outputs, Workers = 0 }).Samples!;
        for (int place = 0; place < kept.Count; place++)
        {
            double[] powers = Array.ConvertAll(kept.OutputsOf(place).ToArray(), logit => Math.Exp(logit));
            yield return Array.ConvertAll(powers, power => power / powers.Sum());
        }
    }
}
