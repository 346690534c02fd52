namespace TransferLearning;

/// <summary>The verbs of the sentence. Each changes the model it is called on and returns it under its own type.</summary>
public static class TransferModelExtensions
{
    /// <summary>
    /// Replaces the layer that gives the outputs by a new classifier for other classes. Its weights are drawn from N(0, 0.02) and its
    /// biases are 0, unless said otherwise; everything else stays as it is. The classes take the names of the data set that is trained on.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="initialization">How the new weights begin.</param>
    /// <param name="seed">What fixes the draws.</param>
    public static T ReplaceHead<T>(
        this T model, int classes, HeadInitialization initialization = HeadInitialization.Normal002, long seed = 0)
        where T : TransferModel
        => model.For(new Classification(classes), initialization, seed);

    /// <summary>The same for classes whose names are known.</summary>
    /// <param name="model">The model.</param>
    /// <param name="classNames">The names of the classes.</param>
    /// <param name="initialization">How the new weights begin.</param>
    /// <param name="seed">What fixes the draws.</param>
    public static T ReplaceHead<T>(
        this T model, IReadOnlyList<string> classNames, HeadInitialization initialization = HeadInitialization.Normal002, long seed = 0)
        where T : TransferModel
        => model.For(new Classification(classNames), initialization, seed);

    /// <summary>
    /// Replaces the layer that gives the outputs by several: hidden layers and dropout of the caller's choice, and a last linear layer.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="head">Names the layers before the last one: <c>head => head.Dropout(0.2).Linear(256).Relu()</c>.</param>
    /// <param name="initialization">How the weights begin.</param>
    /// <param name="seed">What fixes the draws.</param>
    /// <exception cref="NotSupportedException">The network classifies before it pools (SqueezeNet); only a plain head fits
    /// there.</exception>
    public static T ReplaceHead<T>(
        this T model, int classes, Action<HeadBuilder> head, HeadInitialization initialization = HeadInitialization.Normal002,
        long seed = 0)
        where T : TransferModel
        => model.For(new Classification(classes), head, initialization, seed);

    /// <summary>
    /// Keeps the pretrained classifier and adds new layers after it, which learn to translate its classes into the new ones.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="classes">The number of new classes.</param>
    /// <param name="head">Names the layers between the old classifier and the last new layer; null means one ReLU.</param>
    /// <param name="initialization">How the new weights begin.</param>
    /// <param name="seed">What fixes the draws.</param>
    /// <exception cref="NotSupportedException">The network classifies before it pools (SqueezeNet).</exception>
    /// <exception cref="InvalidOperationException">The head is no classifier, or has been changed already.</exception>
    public static T ExtendHead<T>(
        this T model, int classes, Action<HeadBuilder>? head = null, HeadInitialization initialization = HeadInitialization.Normal002,
        long seed = 0)
        where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        int old = model.Module.HeadKind == HeadKind.Pooled && model.Classes > 0
            ? model.Classes
            : throw new InvalidOperationException(
                $"{model.Architecture} is for {model.LearningTask.Name} and has no classifier to extend; call ReplaceHead({classes}).");
        model.ChangeTask(
            new Classification(classes),
            new HeadPlan(HeadBuilder.LayersOf(head ?? (builder => builder.Relu())), classes, old),
            initialization,
            seed);
        return model;
    }

    /// <summary>
    /// Gives the model another task. Where the task needs another kind of head, the checkpoint's is taken if it has one, else a new one; a
    /// head of the same kind is kept, unless <paramref name="initialization"/> asks for a new one. Tasks with classes get a new head.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="task">The task: <see cref="MultiLabelClassification"/>, <see cref="Regression"/>, <see cref="TokenClassification"/>,
    /// …</param>
    /// <param name="initialization">How a new head's weights begin. Default: N(0, 0.02) for tasks with classes and regression; else as said
    /// above.</param>
    /// <param name="seed">What fixes the draws.</param>
    /// <exception cref="ArgumentException">The network has no such head.</exception>
    public static T For<T>(this T model, LearningTask task, HeadInitialization? initialization = null, long seed = 0)
        where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(task);
        bool isNew = task.NeedsNewHead(model.LearningTask);
        model.ChangeTask(
            task, new HeadPlan([], task.Head.Outputs, null), initialization ?? (isNew ? HeadInitialization.Normal002 : null), seed);
        return model;
    }

    /// <summary>The same with layers of the caller's choice before the last one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="task">The task, one that needs a vector for each sample.</param>
    /// <param name="head">Names the layers before the last one.</param>
    /// <param name="initialization">How the weights begin.</param>
    /// <param name="seed">What fixes the draws.</param>
    public static T For<T>(
        this T model, LearningTask task, Action<HeadBuilder> head, HeadInitialization initialization = HeadInitialization.Normal002,
        long seed = 0)
        where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(task);
        model.ChangeTask(task, new HeadPlan(HeadBuilder.LayersOf(head), task.Head.Outputs, null), initialization, seed);
        return model;
    }

    /// <summary>Says what the outputs stand for, where the weights do not.</summary>
    /// <param name="model">The model.</param>
    /// <param name="classNames">The names, in the order of the outputs.</param>
    /// <exception cref="ArgumentException">There are not as many as classes.</exception>
    public static T WithClassNames<T>(this T model, IReadOnlyList<string> classNames) where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        model.SetClassNames(classNames);
        return model;
    }

    /// <summary>
    /// Freezes everything but the new head and LoRA weights: training changes nothing else. Batch norms in the frozen part also keep their
    /// running statistics and use them, and dropout there is off, so the frozen part computes exactly what it computes in evaluation.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="freezeStatistics">False lets frozen batch norms learn running statistics from the new samples.</param>
    public static T FreezeBackbone<T>(this T model, bool freezeStatistics = true) where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        model.Freeze(freezeStatistics);
        return model;
    }

    /// <summary>
    /// Freezes everything but the head, LoRA weights, and the weights of one or more kinds: biases (BitFit), norms. The rest of a batch
    /// norm that trains learns its statistics too.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Which weights of the backbone are trained: <c>TrainedWeights.Biases | TrainedWeights.Norms</c>.</param>
    /// <exception cref="ArgumentException">The backbone has no such weights; nothing was changed.</exception>
    public static T TrainOnly<T>(this T model, TrainedWeights weights) where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        model.Freeze(model.FreezesStatistics, weights);
        return model;
    }

    /// <summary>Makes everything trainable.</summary>
    /// <param name="model">The model.</param>
    public static T Unfreeze<T>(this T model) where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        using IDisposable use = model.Use();
        model.Adaptation.SetTrainable(_ => true);
        return model;
    }

    /// <summary>Freezes the stages before one and makes it and everything after it trainable, the head too.</summary>
    /// <param name="model">The model.</param>
    /// <param name="stage">A name of <see cref="Network.Stages"/>: <c>layer4</c>, <c>layer.8</c>.</param>
    /// <exception cref="ArgumentException">There is no such stage; the message lists them.</exception>
    public static T UnfreezeFrom<T>(this T model, string stage) where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        IReadOnlyList<NetworkStage> frozen = StageGroups.Before(stage, model.Module.Stages, model.Architecture);
        using IDisposable use = model.Use();
        model.Adaptation.SetTrainable(name => !frozen.Any(part => part.Holds(name)));
        return model;
    }

    /// <summary>
    /// Trains earlier stages more slowly: each stage's learning rate is the next one's times <paramref name="factor"/>, the head's the full
    /// one (Howard and Ruder, 2018).
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="factor">Above 0, at most 1.</param>
    public static T WithLayerDecay<T>(this T model, double factor) where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(factor, 1);
        model.Adaptation.LayerDecay = factor;
        return model;
    }

    /// <summary>Reads weights into the network as it is now; <see cref="TransferModel.LoadReport"/> says what became of each.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Weights under the names of the network's own; it stays the caller's.</param>
    /// <param name="options">What may be absent; null for nothing.</param>
    /// <exception cref="WeightLoadException">A part of the network is not covered; nothing was changed.</exception>
    public static T LoadWeights<T>(this T model, StateDict weights, LoadOptions? options = null) where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weights);
        using IDisposable use = model.Use();
        model.Adaptation.Adapters.Forget();
        model.LoadReport = weights.LoadInto(model.Module.State(), options);
        return model.WithScaling(null);
    }

    /// <summary>Moves the network to a device.</summary>
    /// <param name="model">The model.</param>
    /// <param name="device">The device.</param>
    /// <exception cref="InvalidOperationException">The device cannot be used; the message says why. The model stays.</exception>
    public static T To<T>(this T model, Device device) where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        model.Move(device);
        return model;
    }

    /// <summary>What the network gives for some inputs as it is, before any calibration of scores, for a task of one's own;
    /// <c>Predict</c> makes classes or numbers of it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputs">Paths for images and sounds; the texts themselves for texts.</param>
    /// <param name="options">Batch size, workers, damaged inputs; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The outputs for each input, in order; null for one that was skipped.</returns>
    /// <exception cref="InvalidOperationException">The weights came without a head, or an output is NaN or infinite.</exception>
    public static IReadOnlyList<float[]?> PredictOutputs(
        this TransferModel model, IEnumerable<string> inputs, PredictOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputs);
        InputDataset all = new([.. inputs], model.SampleOf);
        return model.Predicting(predictor
            => predictor.Outputs(all, options ?? new PredictOptions(), (pass, batch) => pass.Run(batch.Input).Outputs, cancellationToken));
    }
}
