using System.IO.Compression;

namespace TransferLearning.Exchange.Tests;

public sealed class PyTorchRunTests : IDisposable
{
    // The same steps; sums in convolutions run in another order.
    private const double SameSteps = 2e-6;

    // The network and the steps of ExchangedRuns, in PyTorch.
    private const string Setup = """
        import json, os, sys, torch
        from torch import nn
        torch.set_num_threads(1)
        folder = sys.argv[1]
        def at(name): return os.path.join(folder, name)
        data = torch.load(at("inputs.pth"))
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer1 = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
                self.layer2 = nn.Sequential(nn.Conv2d(8, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
                self.fc = nn.Linear(16, 3)
            def forward(self, x):
                return self.fc(self.layer2(self.layer1(x)).mean([2, 3]))
        def rule(options, parameters):
            options = dict(options)
            return getattr(torch.optim, options.pop("class"))(parameters, **options)
        def train(model, optimizer, scheduler, steps):
            model.train()
            for _ in range(steps):
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(data["x"]), data["y"]).backward()
                optimizer.step()
                scheduler.step()
        rules = json.load(open(at("rules.json")))
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Python_resumes_from_an_exported_run()
    {
        Python.Require();
        ExchangedRuns.WriteFor(_folder.Path);
        foreach ((string name, Optimizer rule) in ExchangedRuns.Rules)
        {
            using ImageModel model = ExchangedRuns.Model();
            model.FineTune(ExchangedRuns.Samples, rule, ExchangedRuns.Options(model, ExchangedRuns.Half), _folder.File(name));
            PyTorchExport written = TrainingRun.Open(_folder.File(name)).ExportPyTorch(_folder.File($"{name}.pt"));
            Assert.Equal((ExchangedRuns.Half, ExchangedRuns.Half, "StepLR"), (written.Epoch, (int)written.Step, written.Scheduler));
        }

        Python.Run(
            Setup + """

            for name, options in rules.items():
                checkpoint = torch.load(at(name + ".pt"))
                model = Net()
                model.load_state_dict(checkpoint["model"])
                optimizer = rule({**options, "lr": 99.0}, model.parameters())
                scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 77)
                optimizer.load_state_dict(checkpoint["optimizer"])
                scheduler.load_state_dict(checkpoint["scheduler"])
                train(model, optimizer, scheduler, 6 - checkpoint["epoch"])
                torch.save(model.state_dict(), at(name + ".after.pth"))
            """,
            _folder.Path);

        Assert.All(ExchangedRuns.Rules, rule =>
        {
            using ImageModel model = ExchangedRuns.Model();
            model.FineTune(ExchangedRuns.Samples, rule.Value, ExchangedRuns.Options(model, ExchangedRuns.Whole));
            HasTheWeightsOfPython(model, rule.Key);
        });
    }

    [Fact]
    public void A_run_resumes_from_what_Python_saved()
    {
        Python.Require();
        ExchangedRuns.WriteFor(_folder.Path);
        Python.Run(
            Setup + """

            for name, options in rules.items():
                model = Net()
                model.load_state_dict(torch.load(at("start.pth")))
                optimizer = rule(options, model.parameters())
                scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
                train(model, optimizer, scheduler, 3)
                torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3,
                            "scheduler": scheduler.state_dict()}, at(name + ".pt"))
                train(model, optimizer, scheduler, 3)
                torch.save(model.state_dict(), at(name + ".after.pth"))
            """,
            _folder.Path);

        Assert.All(ExchangedRuns.Rules, rule =>
        {
            using ImageModel model = TinyStudent.Model(9, SmallSets.Colours);
            TrainingHistory history = model.FineTune(
                ExchangedRuns.Samples, rule.Value, ExchangedRuns.Options(model, ExchangedRuns.Whole), _folder.File($"{rule.Key}.pt"));
            Assert.Equal([4, 5, 6], history.Epochs.Select(epoch => epoch.Epoch));
            HasTheWeightsOfPython(model, rule.Key);
        });
    }

    [Fact]
    public void Schedulers_of_PyTorch_give_the_same_rates_from_there_on()
    {
        Python.Require();
        Dictionary<string, LearningRateSchedule> schedules = new()
        {
            ["ConstantLR"] = new ConstantSchedule(0.5, 4),
            ["StepLR"] = new StepSchedule(2, 0.3),
            ["MultiStepLR"] = new MultiStepSchedule([2, 4, 4, 5], 0.5),
            ["ExponentialLR"] = new ExponentialSchedule(0.9),
            ["LinearLR"] = new LinearSchedule(0.25, 1, 5),
            ["PolynomialLR"] = new PolynomialSchedule(8, 2),
            ["CosineAnnealingLR"] = new CosineSchedule(10, 0.001),
            ["CosineAnnealingWarmRestarts"] = new CosineWarmRestartsSchedule(2, 2, 0.001),
        };
        foreach ((string name, LearningRateSchedule schedule) in schedules)
        {
            using ImageModel model = ExchangedRuns.Model();
            FineTuneOptions options = ExchangedRuns.Options(model, ExchangedRuns.Half) with { Schedule = schedule };
            model.FineTune(ExchangedRuns.Samples, new Sgd(0.1), options, _folder.File(name));
            Assert.Equal(name, TrainingRun.Open(_folder.File(name)).ExportPyTorch(_folder.File($"{name}.pt")).Scheduler);
        }

        string[] lines = Python.Run(
            """
            import glob, os, sys, torch, warnings
            warnings.simplefilter("ignore")
            for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.pt"))):
                name = os.path.basename(path)[:-3]
                checkpoint = torch.load(path)
                optimizer = torch.optim.SGD([torch.zeros(1) for _ in range(8)], lr=99.0)
                arguments = {"StepLR": [9], "MultiStepLR": [[9]], "ExponentialLR": [9], "CosineAnnealingLR": [9],
                             "CosineAnnealingWarmRestarts": [9]}.get(name, [])
                scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, *arguments)
                optimizer.load_state_dict(checkpoint["optimizer"])
                scheduler.load_state_dict(checkpoint["scheduler"])
                rates = []
                for _ in range(5):
                    rates.append(optimizer.param_groups[0]["lr"])
                    scheduler.step()
                print(name, *("%.12g" % rate for rate in rates))
            """,
            _folder.Path).Split('\n');

        Assert.Equal(schedules.Count, lines.Length);
        Assert.All(lines, line =>
        {
            string[] parts = line.Split(' ');
            for (int i = 0; i < 5; i++)
            {
                ScheduleMoment moment = new(ExchangedRuns.Half + i, ExchangedRuns.Half, 1, 0.1, []);
                Assert.Equal(
                    schedules[parts[0]].LearningRate(moment),
                    double.Parse(parts[i + 1], System.Globalization.CultureInfo.InvariantCulture),
                    1e-10);
            }
        });
    }

    [Fact]
    public void A_schedule_that_PyTorch_has_not_is_said()
    {
        using ImageModel model = ExchangedRuns.Model();
        FineTuneOptions options = ExchangedRuns.Options(model, ExchangedRuns.Half) with { Schedule = new OneCycleSchedule() };
        model.FineTune(ExchangedRuns.Samples, new Sgd(0.1, momentum: 0.9), options, _folder.File("run"));
        PyTorchExport written = TrainingRun.Open(_folder.File("run")).ExportPyTorch(_folder.File("a.pt"));
        Assert.Null(written.Scheduler);
        Assert.Contains("OneCycleSchedule", Assert.Single(written.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(RuleNames))]
    public void A_run_that_went_through_a_file_of_PyTorch_equals_one_that_did_not(string name)
    {
        Optimizer rule = ExchangedRuns.Rules[name];
        using ImageModel whole = ExchangedRuns.Model();
        whole.FineTune(ExchangedRuns.Samples, rule, ExchangedRuns.Options(whole, ExchangedRuns.Whole));

        string file = Exported(rule);
        using ImageModel other = TinyStudent.Model(9, SmallSets.Colours);
        TrainingHistory history = other.FineTune(
            ExchangedRuns.Samples, rule, ExchangedRuns.Options(other, ExchangedRuns.Whole), file);

        Assert.Equal(ExchangedRuns.Weights(whole), ExchangedRuns.Weights(other));
        Assert.Equal((ExchangedRuns.Whole, ExchangedRuns.Whole), ((int)history.Steps, history.BestEpoch));
    }

    public static TheoryData<string> RuleNames() => [.. ExchangedRuns.Rules.Keys];

    [Fact]
    public void A_run_in_the_middle_of_an_epoch_resumes_there()
    {
        Sgd rule = new(0.05, momentum: 0.9);
        using ImageModel whole = ExchangedRuns.Model();
        whole.FineTune(ExchangedRuns.Samples, rule, Options(whole));

        using ImageModel first = ExchangedRuns.Model();
        using CancellationTokenSource source = new();
        int steps = 0;
        first.FineTune(
            ExchangedRuns.Samples,
            rule,
            Options(first) with { Observers = [new StepObserver(() => { if (++steps == 5) { source.Cancel(); } })] },
            _folder.File("run"),
            cancellationToken: source.Token);
        PyTorchExport written = TrainingRun.Open(_folder.File("run")).ExportPyTorch(_folder.File("a.pt"));
        Assert.Equal((1, 5L, null), (written.Epoch, written.Step, written.Scheduler));
        Assert.Contains("Epoch 2 is not finished", Assert.Single(written.Notes), StringComparison.Ordinal);

        using ImageModel second = TinyStudent.Model(9, SmallSets.Colours);
        second.FineTune(ExchangedRuns.Samples, rule, Options(second), _folder.File("a.pt"));
        Assert.Equal(ExchangedRuns.Weights(whole), ExchangedRuns.Weights(second));

        static FineTuneOptions Options(ImageModel model) => ExchangedRuns.Options(model, 3) with
        {
            BatchSize = 4,
            Schedule = new ConstantSchedule(),
        };
    }

    [Fact]
    public void A_run_with_frozen_layers_needs_its_model_and_takes_the_weights_of_the_file()
    {
        AdamW rule = new(0.01);
        using ImageModel whole = ExchangedRuns.Model().FreezeBackbone();
        whole.FineTune(ExchangedRuns.Samples, rule, ExchangedRuns.Options(whole, ExchangedRuns.Whole));
        using ImageModel first = ExchangedRuns.Model().FreezeBackbone();
        first.FineTune(ExchangedRuns.Samples, rule, ExchangedRuns.Options(first, ExchangedRuns.Half), _folder.File("run"));
        TrainingRun run = TrainingRun.Open(_folder.File("run"));

        Assert.Contains("give the model", Refused(null), StringComparison.Ordinal);
        using ImageModel stranger = TinyStudent.Model(9, SmallSets.Colours);
        Assert.Contains("not those", Refused(stranger), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));

        run.ExportPyTorch(_folder.File("a.pt"), first);
        using ImageModel other = TinyStudent.Model(9, SmallSets.Colours).FreezeBackbone();
        other.FineTune(ExchangedRuns.Samples, rule, ExchangedRuns.Options(other, ExchangedRuns.Whole), _folder.File("a.pt"));
        Assert.Equal(ExchangedRuns.Weights(whole), ExchangedRuns.Weights(other));

        string Refused(ImageModel? model)
            => Assert.Throws<ArgumentException>(() => run.ExportPyTorch(_folder.File("a.pt"), model)).Message;
    }

    [Fact]
    public void A_run_that_went_on_from_a_file_resumes_from_its_own_folder()
    {
        Adam rule = new(0.01);
        using ImageModel whole = ExchangedRuns.Model();
        whole.FineTune(ExchangedRuns.Samples, rule, ExchangedRuns.Options(whole, ExchangedRuns.Whole));
        string file = Exported(rule);
        using CancellationTokenSource source = new();
        for (int i = 0; i < 2; i++)
        {
            using ImageModel model = TinyStudent.Model(9, SmallSets.Colours);
            model.FineTune(
                ExchangedRuns.Samples,
                rule,
                ExchangedRuns.Options(model, ExchangedRuns.Whole) with
                {
                    Checkpoints = new CheckpointPolicy(_folder.File("own")),
                    Observers = i == 0 ? [new StepObserver(source.Cancel)] : [],
                },
                file,
                cancellationToken: i == 0 ? source.Token : default);
            Assert.Equal(i == 1, ExchangedRuns.Weights(whole).SequenceEqual(ExchangedRuns.Weights(model)));
        }
    }

    [Fact]
    public void Another_optimizer_rate_or_length_is_refused_by_name()
    {
        Sgd rule = new(0.05, momentum: 0.9);
        string file = Exported(rule);
        Assert.Contains("momentum is 0.9 in it and 0.8 here", Refused(new Sgd(0.05, momentum: 0.8)), StringComparison.Ordinal);
        Assert.Contains("lr is 0.025 in it and 0.05 here", Refused(new Sgd(0.1, momentum: 0.9)), StringComparison.Ordinal);
        Assert.Contains("beta1 is absent", Refused(new Adam(0.05)), StringComparison.Ordinal);
        Assert.Contains("3 epochs are finished", Refused(rule, options => options with { Epochs = 3 }), StringComparison.Ordinal);
        Assert.Contains(
            "Average", Refused(rule, options => options with { Average = new ExponentialMovingAverage() }), StringComparison.Ordinal);
        Assert.Contains(
            "lr is 0.025 in it and 0.0",
            Refused(rule, options => options with { StageRates = StageRates.Decaying(0.5) }, unnamed: true),
            StringComparison.Ordinal);

        string Refused(Optimizer rule, Func<FineTuneOptions, FineTuneOptions>? change = null, bool unnamed = false)
        {
            using ImageModel model = ExchangedRuns.Model();
            FineTuneOptions options = ExchangedRuns.Options(model, ExchangedRuns.Whole);
            string path = unnamed ? WithoutNames() : file;
            return Assert.Throws<ArgumentException>(
                () => model.FineTune(ExchangedRuns.Samples, rule, change?.Invoke(options) ?? options, path)).Message;
        }

        string WithoutNames()
        {
            string path = _folder.File("unnamed.pt");
            using ZipArchive from = ZipFile.OpenRead(file);
            using ZipArchive to = ZipFile.Open(path, ZipArchiveMode.Create);
            foreach (ZipArchiveEntry entry in from.Entries)
            {
                using MemoryStream bytes = new();
                using (Stream stream = entry.Open())
                {
                    stream.CopyTo(bytes);
                }

                string text = System.Text.Encoding.Latin1.GetString(bytes.ToArray());
                using Stream written = to.CreateEntry(entry.FullName).Open();
                written.Write(System.Text.Encoding.Latin1.GetBytes(text.Replace("param_names", "param_xames", StringComparison.Ordinal)));
            }

            return path;
        }
    }

    [Fact]
    public void A_file_of_weights_alone_and_a_cut_one_are_refused()
    {
        using ImageModel model = ExchangedRuns.Model();
        using (StateDict weights = StateDict.FromTensors(model.Module.State()))
        {
            weights.Save(_folder.File("weights.pth"));
        }

        string whole = Exported(new Sgd(0.05));
        File.WriteAllBytes(_folder.File("cut.pt"), File.ReadAllBytes(whole)[..^100]);
        float[] before = ExchangedRuns.Weights(model);

        Assert.Contains(
            "has no optimizer",
            Assert.Throws<ArgumentException>(() => Resume("weights.pth")).Message,
            StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => Resume("cut.pt"));
        Assert.Equal(before, ExchangedRuns.Weights(model));

        void Resume(string name) => model.FineTune(
            ExchangedRuns.Samples, new Sgd(0.05), ExchangedRuns.Options(model, ExchangedRuns.Whole), _folder.File(name));
    }

    private void HasTheWeightsOfPython(ImageModel model, string rule)
    {
        double distance = ExchangedRuns.Distance(
            ExchangedRuns.Weights(model), ExchangedRuns.Weights(_folder.File($"{rule}.after.pth"), model));
        TestContext.Current.TestOutputHelper!.WriteLine($"{rule}: {distance:g3}");
        Assert.InRange(distance, 0, SameSteps);
    }

    private string Exported(Optimizer rule)
    {
        using ImageModel model = ExchangedRuns.Model();
        model.FineTune(ExchangedRuns.Samples, rule, ExchangedRuns.Options(model, ExchangedRuns.Half), _folder.File("run"));
        TrainingRun run = TrainingRun.Open(_folder.File("run"));
        Assert.Equal((ExchangedRuns.Half, StopReason.Completed), (run.Epochs, run.StopReason));
        return run.ExportPyTorch(_folder.File("run.pt")).Path;
    }

    private sealed class StepObserver(Action step) : IProgress<TrainingEvent>
    {
        public void Report(TrainingEvent value)
        {
            if (value is TrainingEvent.StepTaken)
            {
                step();
            }
        }
    }
}
