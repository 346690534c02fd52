using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Texts run in a lower precision where it is faster.</summary>
public sealed class LowPrecisionInferenceTests : IDisposable
{
    private const int Texts = 32;
    private readonly TemporaryFolder _folder = new();
    private readonly LinesLogger _log = new();

    private string FilePath => Path.Combine(_folder.Path, "forms.json");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Int8)]
    public void What_was_faster_answers_and_is_remembered(Precision precision)
    {
        using Trial trial = new(this, precision);
        using (LowPrecisionInference first = trial.Form())
        {
            trial.Run(first, Texts);
            Assert.Contains(_log.Lines, line => line.Contains($"{Texts} examples took", StringComparison.Ordinal));
            string chosen = first.Precision == precision ? $"{precision}" : "plain";
            Assert.Contains($"\"{chosen}\"", File.ReadAllText(FilePath), StringComparison.Ordinal);
        }

        string content = File.ReadAllText(FilePath).Replace("\"plain\"", $"\"{precision}\"", StringComparison.Ordinal);
        File.WriteAllText(FilePath, content);
        using (LowPrecisionInference faster = trial.Form())
        {
            Assert.InRange(OptimizedInference.Difference(trial.Plain(Texts), trial.Run(faster, Texts)), 1e-6, 0.1);
            Assert.Equal(precision, faster.Precision);
        }

        File.WriteAllText(FilePath, content.Replace($"\"{precision}\"", "\"plain\"", StringComparison.Ordinal));
        using LowPrecisionInference slower = trial.Form();
        Assert.Equal(0, OptimizedInference.Difference(trial.Plain(Texts), trial.Run(slower, Texts)));
        Assert.Equal(Precision.Float32, slower.Precision);
    }

    [Fact]
    public void Few_texts_and_whoever_wants_the_same_form_everywhere_are_not_measured()
    {
        using Trial trial = new(this, Precision.BFloat16);
        using LowPrecisionInference form = trial.Form(), pinned = trial.Form(measures: false);
        trial.Run(form, 1);
        trial.Run(pinned, Texts);
        Assert.False(File.Exists(FilePath));
        Assert.Equal((Precision.BFloat16, Precision.BFloat16), (form.Precision, pinned.Precision));
        trial.Run(form, Texts); // many after few are
        Assert.True(File.Exists(FilePath));
    }

    private sealed class Trial : IDisposable
    {
        private readonly LowPrecisionInferenceTests _test;
        private readonly Precision _precision;
        private readonly TextModel _model;
        private readonly TokenInput _texts;
        private readonly DisposeScope _scope;
        private readonly IDisposable _guard;

        public Trial(LowPrecisionInferenceTests test, Precision precision)
        {
            Assert.SkipUnless(
                OptimizedInference.PrecisionOn(Device.Cpu, precision) == precision, $"This machine does not serve {precision}.");
            (_test, _precision) = (test, precision);
            _model = TinyText.Wide(test._folder.Path, width: 384);
            _model.Module.eval();
            _texts = new TokenInput(torch.arange(Texts * 8).remainder(TinyText.Vocabulary.Count).view(Texts, 8));
            (_scope, _guard) = (torch.NewDisposeScope(), torch.no_grad());
        }

        public LowPrecisionInference Form(bool measures = true)
            => new(_model.Module, Device.Cpu, _precision, _test._log, measures, new MeasuredForms(_test.FilePath));

        public torch.Tensor Run(LowPrecisionInference form, int count)
        {
            using ModelInput some = _texts.Narrow(count);
            return form.Run(some, _model.Module.ForwardPooled, "features");
        }

        public torch.Tensor Plain(int count)
        {
            using ModelInput some = _texts.Narrow(count);
            return _model.Module.ForwardPooled(some);
        }

        public void Dispose()
        {
            _guard.Dispose();
            _scope.Dispose();
            _texts.Dispose();
            _model.Dispose();
        }
    }
}
